/** Model and temperature of what is sent next. */

import { defaultModel, offer } from '../state/lists';
import { draftOf, redraft } from './drafts';

const asTemperature = (text: string) => {
  const value = Number(text);
  return text.trim() === '' || Number.isNaN(value) ? null : Math.min(2, Math.max(0, value));
};

export function Choices({ place, model }: { place: string; model: string | null }) {
  const draft = draftOf(place).value;
  const usual = model ?? defaultModel.value;
  const others = (offer.value?.models ?? []).filter(({ name }) => name !== usual);
  return (
    <div class="choices">
      <label>
        <span class="sr-only">Model</span>
        <select value={draft.model ?? ''} onChange={(event) => redraft(place, { model: event.currentTarget.value || null })}>
          <option value="">{usual ?? 'Default model'}</option>
          {others.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label class="temperature">
        <span class="sr-only">Temperature</span>
        <span class="wide-only" aria-hidden="true">
          Temperature
        </span>
        <span class="narrow-only" aria-hidden="true">
          Temp.
        </span>
        <input
          type="number"
          min={0}
          max={2}
          step={0.1}
          placeholder="auto"
          value={draft.temperature ?? ''}
          onChange={(event) => redraft(place, { temperature: asTemperature(event.currentTarget.value) })}
        />
      </label>
    </div>
  );
}
