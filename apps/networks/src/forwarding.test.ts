import { dropsForwarded } from './forwarding.ts';

describe('the firewall of another program', () => {
  it('is found when it drops what is forwarded', () => {
    const listed = `table ip filter {
	chain FORWARD {
		type filter hook forward priority filter; policy drop;
	}
}
table inet mine {
	chain forward {
		type filter hook forward priority filter; policy accept;
	}
	chain input {
		type filter hook input priority filter; policy drop;
	}
}
`;
    expect(dropsForwarded(listed)).toEqual(['ip filter']);
  });
});
