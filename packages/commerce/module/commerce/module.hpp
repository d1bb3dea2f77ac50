#pragma once

#include <platform/application/module.hpp>
#include <platform/postgres/pool.hpp>

namespace busflow::commerce {

struct Dependencies {
  postgres::Pool& pool;  ///< Connects as busflow_service. Outlives the module.
};

/// What is sold: a tour offering for each published departure. Reacts to TourDeparturePublished.
application::Module make_module(Dependencies dependencies);

}  // namespace busflow::commerce
