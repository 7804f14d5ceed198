// The sidebar's list of ready operations; each opens in a tab of its own.

import { type GraphiQLPlugin, useEditorContext } from '@graphiql/react';
import { useEffect, useState } from 'react';
import { EXAMPLES, type Example, filledIn } from './examples';
import { lastConversation } from './fetcher';

function ExampleList() {
  const { addTab, queryEditor, tabs, variableEditor } = useEditorContext({ nonNull: true });
  const [wanted, setWanted] = useState<Example | null>(null);

  // The editors show the new tab once it is there; what they are given then is the tab's.
  useEffect(() => {
    if (!wanted) return;
    queryEditor?.setValue(wanted.query);
    variableEditor?.setValue(filledIn(wanted, lastConversation()));
    setWanted(null);
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
