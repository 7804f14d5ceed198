/** ‹ 2 / 3 ›: the alternatives of a message. To switch is to open the conversation that has it. */

import type { Message } from '../api/types';
import { Icon } from '../layout/Icon';
import { conversationHref, go } from '../state/route';

export function Variants({ message }: { message: Message }) {
  const { variants } = message;
  if (variants.length < 2) return null;
  const at = variants.findIndex(({ id }) => id === message.id);
  const button = (step: 1 | -1) => {
    const other = variants[at + step];
    return (
      <button
        type="button"
        class="icon-button"
        aria-label={step < 0 ? 'Previous variant' : 'Next variant'}
        disabled={!other}
        onClick={() => other && go(conversationHref(other.conversation.id, other.index))}
      >
        <Icon name={step < 0 ? 'left' : 'right'} />
      </button>
    );
  };
  return (
    <div class="variants" role="group" aria-label="Variants">
      {button(-1)}
      <span aria-label={`Variant ${at + 1} of ${variants.length}`} role="img">
        {at + 1} / {variants.length}
      </span>
      {button(1)}
    </div>
  );
}
