// Recordings with which the simulator does not agree, each with the reason. One that agrees all the same must not be here.
export interface LeftOut {
  name: RegExp;
  reason: string;
}

const noRows = 'the rows before or behind it are shown by no recording';
const otherPath = 'another path, which the relay never asks for';
const change = 'a change: the simulator is changed from within';
const otherFormat = 'a format other than json, csv and count';
const otherUser = "the user's record: the simulator has a user of its own";
const chunks = 'PHP with less memory reads in chunks of its own, and counts them otherwise';

export const leftOut: readonly LeftOut[] = [
  { name: /^page_exact_half$/, reason: noRows },
  { name: /^attr_excludeDecayed_fullpage_p5$/, reason: noRows },
  { name: /^ev_f_(type|value)$/, reason: 'events chosen by attributes that no recording shows' },
  { name: /^ev_f_searchall$/, reason: 'searchall is not played' },
  { name: /^ev_includeDecay$/, reason: 'decay in the events scope is not played' },
  { name: /^attr_includeCorrelations$/, reason: 'correlations are not played' },
  { name: /^attr_includeDecayScore_fullModel$/, reason: 'includeFullModel is not played' },
  { name: /^attr_decayingModel_3_score40$/, reason: 'decayingModel and score are not played' },
  { name: /^outage_disabled_user$/, reason: 'a disabled user gets a text of its own, which is not played' },
  { name: /^outage_mem128M_nolimit/, reason: chunks },
  { name: /^(import_old_event_add|event_delete|err_ro_write|err_(attr|event)_add_.*)$/, reason: change },
  { name: /^err_(notfound_attr|reader_admin|reader_servers)$/, reason: otherPath },
  { name: /^misc_(attr_stats|attribute_view|decayingmodels|organisations|tags_index|taxonomies)$/, reason: otherPath },
  { name: /^misc_(getPyMISPVersion|warninglists)$/, reason: otherPath },
  { name: /^sightings_restSearch$/, reason: otherPath },
  { name: /^misc_users_view_me/, reason: otherUser },
  { name: /^misc_describeTypes$/, reason: 'the simulator knows a part of the types' },
  { name: /^misc_events_index$/, reason: 'the index for people has more columns than the minimal one that is played' },
  { name: /^fmt_(cache|hashes|openioc|rpz|snort|stix2|suricata|text|xml|yara|kunai|netfilter)$/, reason: otherFormat },
];

/** What was deleted without a recording of it: by id, with the time of the first whole answer that no longer shows it. */
export const deletedUnseen: Readonly<Record<string, number>> = { 224: Date.UTC(2026, 10, 22, 20, 12, 5) / 1000 };

export const reasonOf = (name: string): string | undefined => leftOut.find((entry) => entry.name.test(name))?.reason;
