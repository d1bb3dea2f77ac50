import { graphql } from '@/gql'

export const Vehicles = graphql(`
  subscription Vehicles {
    backoffice_vehicles(order_by: [{ name: asc }, { id: asc }]) {
      id
      name
      license_plate
      seat_count
      status
    }
  }
`)

export const ChangeVehicle = graphql(`
  mutation ChangeVehicle($id: uuid!, $change: backoffice_vehicles_set_input!) {
    update_backoffice_vehicles_by_pk(pk_columns: { id: $id }, _set: $change) {
      id
    }
  }
`)
