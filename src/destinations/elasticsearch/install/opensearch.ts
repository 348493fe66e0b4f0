// What OpenSearch does not know of our bodies. After its documentation; none was at hand to try it on.
import { type Body, CUSTOM_COMPONENT } from '../template.ts';

export function forOpenSearch(body: Body): Body {
  const { ignore_missing_component_templates: _, composed_of: parts, ...rest } = body;
  const text = JSON.stringify({
    ...rest,
    ...(parts ? { composed_of: (parts as string[]).filter((part) => part !== CUSTOM_COMPONENT) } : {}),
  });
  // Its index templates have no lifecycle, and its flattened type has another name.
  return JSON.parse(text.replaceAll('"type":"flattened"', '"type":"flat_object"'), (key, value: unknown) =>
    key === 'lifecycle' ? undefined : value,
  ) as Body;
}
