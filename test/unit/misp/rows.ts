// Rows as attributes/restSearch gives them with includeContext and includeEventTags.
export const UUID = '7bcecf93-0694-4ce3-83d4-72ee97d9a017';

export const eventOf = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: '1',
  orgc_id: '1',
  org_id: '2',
  date: '2024-12-23',
  threat_level_id: '3',
  info: 'Raven campaign #0 – tundra',
  published: true,
  uuid: '9e1b3d87-795e-43c5-a950-6bb0c58b7d69',
  analysis: '2',
  timestamp: '1795376218',
  distribution: '3',
  publish_timestamp: '1795376219',
  sharing_group_id: '0',
  extends_uuid: '',
  Tag: [
    { local: false, id: '188', name: 'tlp:amber', colour: '#FFC000', numerical_value: null },
    { local: true, id: '205', name: 'triage:done', colour: '#780cc6', numerical_value: null },
  ],
  Orgc: { id: '1', name: 'ORGNAME', uuid: 'adbb348f-21b2-425e-be7b-e7b91e4b4547', local: true },
  ...more,
});

export const rowOf = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: '3',
  event_id: '1',
  object_id: '0',
  object_relation: null,
  category: 'Network activity',
  type: 'ip-dst',
  to_ids: true,
  uuid: UUID,
  timestamp: '1735823235',
  distribution: '5',
  sharing_group_id: '0',
  comment: '',
  deleted: false,
  disable_correlation: false,
  first_seen: null,
  last_seen: null,
  value: '198.19.223.234',
  Event: eventOf(),
  Tag: [
    { id: '9', name: 'own', colour: '#33FF00', numerical_value: null, is_galaxy: false, local: false },
    { id: '188', name: 'tlp:amber', colour: '#FFC000', numerical_value: null, inherited: 1 },
  ],
  ...more,
});
