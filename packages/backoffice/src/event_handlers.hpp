#pragma once

#include <vector>

#include <platform/application/module.hpp>
#include <platform/postgres/pool.hpp>

namespace busflow::backoffice {

/// `pool` must outlive them.
std::vector<application::EventHandler> event_handlers(postgres::Pool& pool);

}  // namespace busflow::backoffice
