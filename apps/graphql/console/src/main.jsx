import 'graphiql/graphiql.css';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createClient } from 'graphql-ws';
import { createRoot } from 'react-dom/client';

const endpoint = new URL('/v1/graphql', location.href);
const socket = new URL(endpoint);
socket.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';

// Subscriptions carry the headers of the editor as they are when the socket is opened.
let headers = {};
const wsClient = createClient({ url: socket.href, connectionParams: () => ({ headers }) });
const fetcher = createGraphiQLFetcher({ url: endpoint.href, wsClient });
const remembering = (parameters, options) => {
  headers = options?.headers ?? {};
  return fetcher(parameters, options);
};
const example = '# Headers below: {"x-hasura-admin-secret": "…"}; add "x-hasura-role" to see what a role sees.\n';

createRoot(document.getElementById('root')).render(
  <GraphiQL fetcher={remembering} defaultEditorToolsVisibility="headers" defaultQuery={example} shouldPersistHeaders={false} />,
);
