import { toVolumeOrder } from './volume.ts';

describe('a volume', () => {
  it('keeps labels and mount options', () => {
    const volume = { Name: 'data', Driver: 'local', Scope: 'local', Labels: { a: 'b' }, Options: { type: 'nfs', device: ':/x', o: 'addr=h' } };
    expect(toVolumeOrder(volume)).toEqual({ order: { name: 'data', options: volume.Options, labels: { a: 'b' } }, lost: [] });
    expect(toVolumeOrder({ Name: 'data', Driver: 'local', Labels: null, Options: null }).order).toEqual({ name: 'data', options: {}, labels: {} });
  });

  it('is one without a name where docker made that up', () => {
    expect(toVolumeOrder({ Name: 'ab'.repeat(32), Driver: 'local' }).order.labels).toEqual({ 'com.docker.volume.anonymous': '' });
  });

  it('tells options that are not here, and what cannot be brought over', () => {
    expect(toVolumeOrder({ Name: 'v', Driver: 'local', Options: { size: '1G' } })).toMatchObject({ order: { options: {} }, lost: ['option size=1G'] });
    expect(toVolumeOrder({ Name: 'v', Driver: 'rexray' }).unsupported).toBe('its driver is rexray');
    expect(toVolumeOrder({ Name: 'v', Driver: 'local', Scope: 'global' }).unsupported).toBe('it belongs to a cluster');
  });
});
