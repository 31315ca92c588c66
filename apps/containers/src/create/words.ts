/** Names are made of these; none says anything bad about a container. */
export const adjectives = (
  'able airy amber ample apt azure balmy blithe bold brave breezy bright brisk calm candid careful cheerful civil clear ' +
  'clever coral cosy crisp curious daring deft dewy eager early earnest easy even fabled fair faithful fine fleet fond ' +
  'frank free fresh gentle glad golden grand green handy happy hardy hazel hearty honest hopeful humble jade jolly joyful ' +
  'keen kind lively loyal lucid lucky mellow merry mild mindful misty modest neat nifty nimble noble opal open patient ' +
  'peaceful placid plucky polite proud quick quiet radiant ready royal rustic sage serene sharp silver sincere smart snug ' +
  'solid spry stable steady sunny sure swift tender tidy tranquil trusty upbeat valiant vivid warm wise witty zesty'
).split(' ');

/** Tools, crafts, plants, waters and weather. */
export const nouns = (
  'acorn alder anchor anvil apple arbor aspen atlas aurora badger bamboo barge basin bay beacon beaver birch bison brook ' +
  'cabin canal canyon canoe castle cedar clover comet compass condor coral cove crane creek dahlia delta dolphin dune eagle ' +
  'elm ember falcon fern finch fjord forge fox garden geyser glacier grove gull harbor hare harvest hazel heron hill island ' +
  'ivy jasmine kayak kestrel kettle lagoon lake lantern lark laurel lily linden loom lotus lynx magpie maple marsh meadow ' +
  'mesa mill moose moss oak oasis olive orchard orchid osprey otter owl oyster pebble pelican pine plum pond poplar prairie ' +
  'quail quartz raven reef ridge river robin saffron sail salmon sequoia shore sparrow spruce stone stork summit swallow ' +
  'swan thistle timber trail tulip valley violet walnut warbler wharf willow wren yarrow'
).split(' ');
