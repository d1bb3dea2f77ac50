-- Vehicles are changed by GraphQL mutations: whoever may is said in the metadata, row-level security is the second lock.
-- What follows from a change is done by the function that the event trigger vehicle_changed tells.
GRANT UPDATE (name, license_plate, seat_count, status) ON backoffice.vehicles TO busflow_graphql;
