/** Whether the page has the width of a phone, where the sidebar is a drawer. */

const query = () => matchMedia('(max-width: 48rem)');

export const isPhone = () => query().matches;

/** Calls back when the page becomes as narrow as a phone, or wider; returns what ends that. */
export function onPhoneChange(changed: () => void): () => void {
  const media = query();
  media.addEventListener('change', changed);
  return () => media.removeEventListener('change', changed);
}
