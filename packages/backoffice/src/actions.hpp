#pragma once

#include <vector>

#include <platform/application/module.hpp>
#include <platform/base/result.hpp>
#include <platform/json/json.hpp>
#include <platform/postgres/pool.hpp>

#include "domain/departure.hpp"

namespace busflow::backoffice {

/// The actions of graphql/actions.graphql. `pool` must outlive them.
std::vector<application::Action> departure_actions(postgres::Pool& pool);

/// The arguments of createDeparture and updateDeparture, {"input": {…}}. kValidationFailed names the wrong field.
Result<NewDeparture> read_new_departure(const json::Object& arguments);
Result<DepartureChange> read_departure_change(const json::Object& arguments);

}  // namespace busflow::backoffice
