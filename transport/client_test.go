package transport

import "testing"

func newClient(t testing.TB, o ClientOptions) *Client {
	t.Helper()
	if o.Spool == nil {
		o.Spool = newSpool(t, SpoolOptions{})
	}
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}
