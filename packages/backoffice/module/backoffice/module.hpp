#pragma once

#include <platform/application/module.hpp>
#include <platform/postgres/pool.hpp>

namespace busflow::backoffice {

struct Dependencies {
  postgres::Pool& pool;  ///< Connects as busflow_service. Outlives the module.
};

/// The back office: operators, fleet, crew, tour templates and departures. Emits TourDeparturePublished.
application::Module make_module(Dependencies dependencies);

}  // namespace busflow::backoffice
