// GraphiQL on Parley's endpoint, signed in with the token of this tab.

import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './main.css';

import { explorerPlugin } from '@graphiql/plugin-explorer';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { EditorNames } from './EditorNames';
import { EXAMPLES } from './examples';
import { EXAMPLES_PLUGIN } from './ExamplesPlugin';
import { fetcherFor } from './fetcher';
import { beginWith, tabStorage } from './storage';
import { tokenOfThisTab } from './token';

const token = tokenOfThisTab();
const headers = JSON.stringify({ Authorization: `Bearer ${token ?? '…'}` }, null, 2);
const plugins = [EXAMPLES_PLUGIN, explorerPlugin({ showAttribution: false })];
const fetcher = fetcherFor(token);
if (EXAMPLES[0]) beginWith(EXAMPLES[0]);

function Page() {
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={tabStorage}
      plugins={plugins}
      defaultHeaders={headers}
      shouldPersistHeaders={false}
      defaultEditorToolsVisibility="variables"
    >
      <GraphiQL.Logo>
        <EditorNames />
        <a className="graphiql-logo-link" href="/">
          Parley
        </a>
      </GraphiQL.Logo>
      {token ? null : (
        <GraphiQL.Footer>
          <p className="hint" role="status">
            You are not signed in. Open the link that Parley printed when it started, or put a token
            into the headers.
          </p>
        </GraphiQL.Footer>
      )}
    </GraphiQL>
  );
}

const place = document.getElementById('app');
if (place) createRoot(place).render(<Page />);
