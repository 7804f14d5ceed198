// Gives the editors the names that screen readers say; GraphiQL leaves their fields without any.

import { useEditorContext } from '@graphiql/react';
import { useEffect } from 'react';

export function EditorNames() {
  const { headerEditor, queryEditor, responseEditor, variableEditor } = useEditorContext({
    nonNull: true,
  });
  useEffect(() => {
    const name = (editor: typeof queryEditor | typeof headerEditor, label: string) =>
      editor?.getInputField().setAttribute('aria-label', label);
    name(queryEditor, 'Operation');
    name(variableEditor, 'Variables');
    name(headerEditor, 'Headers');
    name(responseEditor, 'Result');
  }, [headerEditor, queryEditor, responseEditor, variableEditor]);
  return null;
}
