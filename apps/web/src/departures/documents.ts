import { graphql } from '@/gql'

export const ComingDepartures = graphql(`
  subscription ComingDepartures($from: date!) {
    backoffice_tour_departures(where: { start_date: { _gte: $from } }, order_by: [{ start_date: asc }, { id: asc }]) {
      id
      start_date
      end_date
      capacity
      status
      tour_template {
        name
        destination
      }
      vehicle {
        name
        license_plate
      }
      driver {
        display_name
      }
      tour_offering {
        list_price_cents
        currency
      }
      service_legs {
        id
      }
    }
  }
`)

export const DepartureById = graphql(`
  subscription DepartureById($id: uuid!) {
    backoffice_tour_departures_by_pk(id: $id) {
      id
      tour_template_id
      start_date
      end_date
      capacity
      status
      vehicle_id
      driver_id
      notes
      tour_template {
        name
        destination
      }
      tour_offering {
        id
        title
        capacity
        list_price_cents
        currency
      }
      service_legs(order_by: [{ scheduled_start: asc }]) {
        id
        leg_type
        scheduled_start
        scheduled_end
      }
    }
  }
`)

export const FormChoices = graphql(`
  query FormChoices {
    backoffice_tour_templates(where: { status: { _eq: "ACTIVE" } }, order_by: [{ name: asc }]) {
      id
      name
      destination
      duration_days
      default_capacity
    }
    backoffice_vehicles(order_by: [{ name: asc }]) {
      id
      name
      license_plate
      seat_count
    }
    backoffice_crew_members(where: { role: { _eq: "DRIVER" } }, order_by: [{ display_name: asc }]) {
      id
      display_name
    }
  }
`)

export const CreateDeparture = graphql(`
  mutation CreateDeparture($input: CreateDepartureInput!) {
    createDeparture(input: $input) {
      id
    }
  }
`)

export const UpdateDeparture = graphql(`
  mutation UpdateDeparture($input: UpdateDepartureInput!) {
    updateDeparture(input: $input) {
      id
    }
  }
`)

export const MarkDepartureReady = graphql(`
  mutation MarkDepartureReady($id: uuid!) {
    markDepartureReady(id: $id) {
      status
    }
  }
`)

export const PublishDeparture = graphql(`
  mutation PublishDeparture($id: uuid!) {
    publishDeparture(id: $id) {
      status
    }
  }
`)

export const CancelDeparture = graphql(`
  mutation CancelDeparture($id: uuid!) {
    cancelDeparture(id: $id) {
      status
    }
  }
`)
