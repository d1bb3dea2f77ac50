import type { CodegenConfig } from '@graphql-codegen/cli'

// Types of the documents in src, from the schema that the server shows to a dispatcher (`make schema`).
const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: ['src/**/*.{ts,vue}', '!src/gql/**'],
  generates: {
    'src/gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        strictScalars: true,
        useTypeImports: true,
        enumsAsTypes: true,
        scalars: { uuid: 'string', date: 'string', timestamptz: 'string', bigint: 'number', jsonb: 'unknown' },
      },
    },
  },
}

export default config
