// The events scope: whole events with all their attributes (misp-api 6).
import { type MispEvent, type MispObject, type Org, type Row, type TagLink } from './model.ts';
import { type MispSwitches } from './switches.ts';

export interface EventForm {
  metadata: boolean;
  /** Attributes of objects stand among the others. */
  flatten: boolean;
  /** With the content of attachments. */
  attachments: boolean;
  /** Which attributes come along. */
  attributes: (row: Row) => boolean;
}

/** One event as events/restSearch and events/view give it. */
export function eventObject(event: MispEvent, switches: MispSwitches, form: EventForm): object {
  const q = (value: number): string | number => (switches.numbers ? value : String(value));
  const org = ({ id, name, uuid }: Org): object => ({ id: q(id), name, uuid, local: id === 1 });
  const tag = ({ tag: { id, name, colour, numerical }, local }: TagLink): object => ({
    id: q(id),
    name,
    colour,
    exportable: true,
    user_id: q(0),
    hide_tag: false,
    numerical_value: numerical,
    is_galaxy: name.startsWith('misp-galaxy:'),
    is_custom_galaxy: false,
    local_only: false,
    local,
    relationship_type: null,
  });
  const attribute = (row: Row): object => ({
    id: q(row.id),
    type: row.type,
    category: row.category,
    to_ids: row.toIds,
    uuid: row.uuid,
    event_id: q(event.id),
    distribution: q(row.distribution),
    timestamp: q(row.timestamp),
    comment: row.comment,
    sharing_group_id: q(0),
    deleted: row.deleted,
    disable_correlation: row.disableCorrelation,
    object_id: q(row.object?.id ?? 0),
    object_relation: row.relation,
    first_seen: row.firstSeen,
    last_seen: row.lastSeen,
    value: row.value,
    Galaxy: [],
    ...(form.attachments && row.data !== null && { data: row.data }),
    ShadowAttribute: [],
    ...(row.tags.length > 0 && { Tag: row.tags.map(tag) }),
  });
  const rows = form.metadata ? [] : event.rows.filter((row) => !row.hidden && form.attributes(row));
  const object = (one: MispObject): object => ({
    id: q(one.id),
    name: one.name,
    'meta-category': one.metaCategory,
    event_id: q(event.id),
    uuid: one.uuid,
    timestamp: q(one.timestamp),
    distribution: q(one.distribution),
    sharing_group_id: q(0),
    comment: one.comment,
    deleted: one.deleted,
    ObjectReference: [],
    Attribute: rows.filter((row) => row.object === one).map(attribute),
  });
  // Local tags of the event are kept from users with perm_sync.
  const tags = event.tags.filter((link) => !(link.local && switches.permSync)).map(tag);
  return {
    id: q(event.id),
    orgc_id: q(event.orgc.id),
    org_id: q(event.org.id),
    date: event.date,
    threat_level_id: q(event.threatLevel),
    info: event.info,
    published: event.published,
    uuid: event.uuid,
    attribute_count: q(liveCount(event)),
    analysis: q(event.analysis),
    timestamp: q(event.timestamp),
    distribution: q(event.distribution),
    proposal_email_lock: false,
    locked: false,
    publish_timestamp: q(event.publishTimestamp),
    sharing_group_id: q(0),
    disable_correlation: false,
    extends_uuid: event.extendsUuid,
    protected: event.protected ? true : null,
    // Told to users of the organisation that owns the event.
    ...(event.org.id === 1 && { event_creator_email: 'admin@admin.test' }),
    Org: org(event.org),
    Orgc: org(event.orgc),
    ...(!form.metadata && {
      Attribute: rows.filter((row) => form.flatten || row.object === null).map(attribute),
      ShadowAttribute: [],
    }),
    RelatedEvent: [],
    Galaxy: [],
    ...(!form.metadata && {
      // Objects whose attributes are all filtered away are dropped.
      ...(!form.flatten && {
        Object: event.objects.filter((one) => rows.some((row) => row.object === one)).map(object),
      }),
      EventReport: [],
    }),
    CryptographicKey: [],
    ...(tags.length > 0 && { Tag: tags }),
  };
}

export const liveCount = (event: MispEvent): number =>
  event.rows.reduce((count, row) => count + (row.deleted ? 0 : 1), 0);
