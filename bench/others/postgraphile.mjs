// PostGraphile as it is run in production: on Node's own server, without pages, sockets and plans
// to be looked at. Prints its address when it listens; the first argument is the database's URL.

import { createServer } from "node:http";

import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const [url, connections] = process.argv.slice(2);
const preset = {
  extends: [PostGraphileAmberPreset],
  // It would not offer to sort messages by an index that comes second in the database's index.
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  pgServices: [
    makePgService({ connectionString: url, poolConfig: { max: Number(connections) } }),
  ],
  grafserv: { graphiql: false, websockets: false, watch: false },
  grafast: { explain: false },
};

const server = createServer();
await postgraphile(preset).createServ(grafserv).addTo(server);
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
