#pragma once

#include <platform/application/module.hpp>
#include <platform/postgres/pool.hpp>

namespace busflow::operations {

struct Dependencies {
  postgres::Pool& pool;  ///< Connects as busflow_service. Outlives the module.
};

/// What is driven: the service legs of each published departure. Reacts to TourDeparturePublished.
application::Module make_module(Dependencies dependencies);

}  // namespace busflow::operations
