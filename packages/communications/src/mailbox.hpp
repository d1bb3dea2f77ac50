#pragma once

#include <vector>

#include <platform/application/module.hpp>
#include <platform/postgres/pool.hpp>

namespace busflow::communications {

/// GET /v1/mailbox: the newest messages as a page; /v1/mailbox/messages?recipient=…: as JSON, for tests.
std::vector<application::Route> mailbox_routes(postgres::Pool& pool);

}  // namespace busflow::communications
