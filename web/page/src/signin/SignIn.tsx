/** What is shown to someone whom Parley does not know, or no longer. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { sessionEnded, signIn } from '../api/session';

export function SignIn() {
  const [text, setText] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    if (text.trim()) signIn(text);
  };
  return (
    <main class="sign-in">
      <div>
        <h1>Parley</h1>
        <h2>{sessionEnded.value ? 'You have been signed out' : 'Welcome'}</h2>
        <p>
          {sessionEnded.value
            ? 'Your link works for a while only, and this one has ended. Open the one that Parley printed last.'
            : 'Open the link that Parley prints when it starts: it signs you in.'}{' '}
          Or paste the link, or a token, here.
        </p>
        <form onSubmit={submit}>
          <label class="field">
            <span>Link or token</span>
            <input ref={field} type="password" autoComplete="off" spellcheck={false} placeholder="parley_…" value={text} onInput={(event) => setText(event.currentTarget.value)} />
          </label>
          <button type="submit" class="button primary" disabled={!text.trim()}>
            Sign in
          </button>
        </form>
        <p class="quiet">
          <code>make run</code> and <code>make demo</code> print a link; <code>parley token add</code> makes a token that lasts.
        </p>
      </div>
    </main>
  );
}
