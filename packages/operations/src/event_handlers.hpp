#pragma once

#include <vector>

#include <platform/application/module.hpp>
#include <platform/postgres/pool.hpp>

namespace busflow::operations {

/// `pool` must outlive them.
std::vector<application::EventHandler> event_handlers(postgres::Pool& pool);

}  // namespace busflow::operations
