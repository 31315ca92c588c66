/** What images are called whose software has another name with Simple Icons. */
export const brands: { readonly [image: string]: string } = {
  alpine: 'alpinelinux',
  cassandra: 'apachecassandra',
  'clickhouse-server': 'clickhouse',
  couchdb: 'apachecouchdb',
  dind: 'docker',
  'eclipse-temurin': 'eclipseadoptium',
  flink: 'apacheflink',
  'gitlab-ce': 'gitlab',
  'gitlab-ee': 'gitlab',
  'gitlab-runner': 'gitlab',
  golang: 'go',
  groovy: 'apachegroovy',
  'home-assistant': 'homeassistant',
  httpd: 'apache',
  jetty: 'eclipsejetty',
  kafka: 'apachekafka',
  maven: 'apachemaven',
  mongo: 'mongodb',
  'mongo-express': 'mongodb',
  mosquitto: 'eclipsemosquitto',
  nats: 'natsdotio',
  node: 'nodedotjs',
  postgis: 'postgresql',
  postgres: 'postgresql',
  'redis-stack': 'redis',
  registry: 'docker',
  solr: 'apachesolr',
  spark: 'apachespark',
  tomcat: 'apachetomcat',
  traefik: 'traefikproxy',
};

/** The slug that Simple Icons has for a name, by its own rules: letters and digits of a title in lower case. */
export function slugOf(name: string): string {
  const title = brands[name] ?? name;
  return title.toLowerCase().replaceAll('+', 'plus').replaceAll('.', 'dot').replaceAll('&', 'and').replace(/[^a-z0-9]/g, '');
}
