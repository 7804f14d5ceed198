/** The screen that starts a conversation. */

import { useState } from 'preact/hooks';
import { change } from '../api/client';
import { type Failure, failureOf } from '../api/failure';
import { FailureNote } from '../layout/FailureNote';
import { offer, readConversations } from '../state/lists';
import { conversationHref, go } from '../state/route';
import { announceSend } from '../thread/handover';
import type { Options } from '../thread/sends';
import { Composer } from './Composer';
import { CREATE, type Created, nameFrom } from './creating';
import { NEW, redraft } from './drafts';
import { Presets } from './Presets';

export function NewConversation() {
  const [preset, setPreset] = useState<string | null>(null);
  const [name, setName] = useState('');
  const [systemPrompt, setSystemPrompt] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);

  const start = async (text: string, options: Options, key: string) => {
    setBusy(true);
    setFailure(null);
    try {
      const input = {
        name: name.trim() || nameFrom(text),
        ...(options.model === null ? {} : { model: options.model }),
        ...(options.temperature === null ? {} : { temperature: options.temperature }),
        ...(preset === null ? {} : { preset }),
        ...(systemPrompt.trim() ? { systemPrompt: systemPrompt.trim() } : {}),
      };
      const { conversation } = (await change<Created>(CREATE, input)).createConversation;
      announceSend(conversation.id, text, key);
      redraft(NEW, { model: null, temperature: null });
      void readConversations();
      go(conversationHref(conversation.id));
    } catch (reason) {
      redraft(NEW, { text, key });
      setFailure(failureOf(reason));
    } finally {
      setBusy(false);
    }
  };

  return (
    <div class="start">
      <div class="start-inner">
        <h1>What would you like to talk about?</h1>
        <p class="quiet">Write the first message, or choose how the AI should behave before you do.</p>
        {failure && <FailureNote failure={failure} />}
        <Composer place={NEW} model={null} running={false} disabled={busy} onSend={(text, options, key) => void start(text, options, key)} />
        <Presets presets={offer.value?.promptPresets ?? []} chosen={preset} onChoose={setPreset} />
        <details class="more">
          <summary>Name and system prompt</summary>
          <label class="field">
            <span>Name</span>
            <input type="text" maxLength={200} placeholder="Taken from the first message" value={name} onInput={(event) => setName(event.currentTarget.value)} />
          </label>
          <label class="field">
            <span>System prompt</span>
            <textarea rows={3} placeholder="It goes before the preset" value={systemPrompt} onInput={(event) => setSystemPrompt(event.currentTarget.value)} />
          </label>
        </details>
      </div>
    </div>
  );
}
