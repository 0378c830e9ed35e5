/** What the installer registry and the documentation say about this member. */
export const EMBEDDED_EDGE = {
  /** Stable, stored with every server of this kind. */
  kind: 'embedded-edge',
  title: 'Hostseal embedded edge',
  powers: ['REHEARSES', 'RESPONDS_TO_CHALLENGES'],
} as const;
