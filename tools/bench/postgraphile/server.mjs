// PostGraphile on the product's tables, for bench.py. As the product it verifies each request's token and asks with the tenant's rights.
// usage: server.mjs SOCKET_FOLDER DATABASE < TOKEN_KEY; prints its address
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { jwtVerify } from 'jose';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { makeJSONPgSmartTagsPlugin } from 'postgraphile/utils';

const [folder, database] = process.argv.slice(2);
const key = new TextEncoder().encode(readFileSync(0, 'utf8').trim().split('\n')[0]);

/** What row-level security goes by. */
async function settings(authorization) {
  const { payload } = await jwtVerify(authorization.replace(/^Bearer /, ''), key);
  return { role: 'busflow_graphql', 'busflow.tenant_id': payload['https://hasura.io/jwt/claims']['x-hasura-tenant-id'] };
}

// Contexts have no foreign keys between them.
const relations = makeJSONPgSmartTagsPlugin({ version: 1, config: { class: {
  'backoffice.tour_departures': { tags: { unique: 'tenant_id,id' } },
  'operations.service_legs': { tags: { foreignKey: '(tenant_id, tour_departure_id) references backoffice.tour_departures (tenant_id, id)|@foreignFieldName serviceLegs' } },
} } });
const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [relations],
  disablePlugins: ['PgIndexBehaviorsPlugin'], // it hides relations whose columns have no index of their own
  pgServices: [makePgService({ connectionString: `postgres://postgres@/${database}?host=${encodeURIComponent(folder)}`, schemas: ['backoffice', 'operations'] })],
  grafserv: { graphqlPath: '/v1/graphql', graphiql: false, watch: false },
  grafast: { context: async ({ node }) => ({ pgSettings: await settings(node.req.headers.authorization) }) },
});
await instance.getSchema(); // what is wrong with it shows now
const server = createServer();
await instance.createServ(grafserv).addTo(server);
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
