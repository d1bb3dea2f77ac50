import { graphql } from '@/gql'

export const LatestFiles = graphql(`
  subscription LatestFiles {
    files(order_by: [{ createdAt: desc }, { id: asc }], limit: 200) {
      id
      name
      size
      mimeType
      createdAt
      uploadedByUserId
    }
  }
`)
