// The sidebar's list of ready operations; each opens in a tab of its own.

import { type GraphiQLPlugin, useEditorContext } from '@graphiql/react';
import { useEffect, useRef, useState } from 'react';
import { EXAMPLES, type Example, filledIn } from './examples';
import { lastConversation } from './fetcher';

function ExampleList() {
  const { addTab, queryEditor, tabs, variableEditor } = useEditorContext({ nonNull: true });
  const [wanted, setWanted] = useState<Example | null>(null);
  const editors = useRef({ queryEditor, variableEditor });
  editors.current = { queryEditor, variableEditor };

  // The editors show the new tab once it is there; what they are given then is the tab's. GraphiQL
  // gives them its welcome at about the same time: what was chosen has the last word.
  useEffect(() => {
    if (!wanted) return;
    const fill = () => {
      const { queryEditor: query, variableEditor: variables } = editors.current;
      if (query?.getValue() === wanted.query) return;
      query?.setValue(wanted.query);
      variables?.setValue(filledIn(wanted, lastConversation()));
    };
    fill();
    const timers = [50, 200, 500].map((pause) => setTimeout(fill, pause));
    setWanted(null);
    return () => timers.forEach(clearTimeout);
  }, [tabs.length]);

  const open = (example: Example) => {
    setWanted(example);
    addTab();
  };
  return (
    <section aria-label="Examples">
      <h2 className="examples-title">Examples</h2>
      <ul className="examples">
        {EXAMPLES.map((example) => (
          <li key={example.title}>
            <button type="button" className="graphiql-button" onClick={() => open(example)}>
              {example.title}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ExamplesIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M5 3h10l4 4v14H5z M8 11h8 M8 15h8 M8 7h3" />
    </svg>
  );
}

export const EXAMPLES_PLUGIN: GraphiQLPlugin = {
  title: 'Examples',
  icon: ExamplesIcon,
  content: ExampleList,
};
