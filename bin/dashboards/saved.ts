// Saved objects of Kibana, as its export writes them: what all of ours have in common.
import type { DASHBOARD_ID } from '../../src/destinations/elasticsearch/names.ts';

export type Json = Record<string, unknown>;

export interface Reference {
  id: string;
  name: string;
  type: 'index-pattern' | 'tag';
}

export interface SavedObject {
  attributes: Json;
  coreMigrationVersion: string;
  id: string;
  managed: boolean;
  references: readonly Reference[];
  type: string;
  typeMigrationVersion: string;
}

/** Counts up with each change of a dashboard or a rule. */
export const VERSION = 1;

export const MANAGED_BY = 'misp-relay';

/** Kibana refuses attributes that it does not know, so the mark is a sentence at the end of a description. */
export const MARK = `Made by ${MANAGED_BY}, version ${VERSION}.`;

export const DATA_VIEW_ID = 'misp-relay-indicators';
export const TAG_ID = 'misp-relay-tag';

/** The dashboards. `threat.feed.dashboard_id` of every document names the first. */
export type DashboardId =
  | typeof DASHBOARD_ID
  | 'misp-relay-types'
  | 'misp-relay-addresses'
  | 'misp-relay-files'
  | 'misp-relay-urls'
  | 'misp-relay-tlp'
  | 'misp-relay-freshness';

/**
 * Kibana takes what an older one has exported and brings it up to date, but nothing from a newer one: so the versions are the lowest that
 * know all of what we use.
 */
export const savedObject = (
  type: string,
  typeMigrationVersion: string,
  id: string,
  attributes: Json,
  references: readonly Reference[] = [],
): SavedObject => ({
  attributes,
  coreMigrationVersion: '8.8.0',
  id,
  managed: false, // in the sense of Kibana, where nobody could edit it
  references,
  type,
  typeMigrationVersion,
});
