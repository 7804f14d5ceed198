/** The ready-made system prompts, as a choice of one or none. */

import { presetName } from './creating';

interface Props {
  presets: readonly { key: string; prompt: string }[];
  chosen: string | null;
  onChoose: (key: string | null) => void;
}

export function Presets({ presets, chosen, onChoose }: Props) {
  if (!presets.length) return null;
  const choices = [{ key: null, prompt: 'No system prompt' }, ...presets];
  return (
    <fieldset class="presets">
      <legend>Prompt preset</legend>
      <div class="preset-list">
        {choices.map(({ key, prompt }) => (
          <label key={key ?? ''} class="preset" title={prompt}>
            <input type="radio" name="preset" checked={chosen === key} onChange={() => onChoose(key)} />
            <span>{key === null ? 'None' : presetName(key)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
