package xmlenc

import (
	"crypto"
	"errors"
	"testing"
	"time"
)

// TestPolicyPermitsWhatIsSound and nothing else.
func TestPolicyPermitsWhatIsSound(t *testing.T) {
	now := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	var p Policy
	for _, c := range Ciphers() {
		if err := p.PermitsCipher(c.URI, now); (err == nil) != c.GCM || err != nil && !errors.Is(err, ErrAlgorithm) {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
	sha1 := OAEP(crypto.SHA1)
	for kt, permitted := range map[KeyTransport]bool{
		DefaultKeyTransport(): true, OAEP(crypto.SHA512): true, OAEP(crypto.SHA384): true, sha1: false,
		{RSAOAEP, sha1.Digest, DefaultKeyTransport().MGF}: false, {RSAOAEP, DefaultKeyTransport().Digest, sha1.MGF}: false,
		{URI: RSA15}: false, {URI: RSAOAEPMGF1P}: false, {URI: RSAOAEP}: false, {URI: "urn:x"}: false, {}: false,
	} {
		if err := p.PermitsKeyTransport(kt, now); (err == nil) != permitted || err != nil && !errors.Is(err, ErrAlgorithm) {
			t.Errorf("%+v: %v", kt, err)
		}
	}
	if err := p.PermitsCipher("urn:x", now); !errors.Is(err, ErrAlgorithm) {
		t.Errorf("unknown cipher: %v", err)
	}
}

// TestExceptionsEnd on their day, and except nothing but what they name.
func TestExceptionsEnd(t *testing.T) {
	end := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	sha1 := OAEP(crypto.SHA1)
	var p Policy
	for _, uri := range []string{ns + "aes256-cbc", RSA15, sha1.Digest, sha1.MGF, RSAOAEPMGF1P, "urn:x"} {
		p.Exceptions = append(p.Exceptions, Exception{Algorithm: uri, Until: end, Reason: "test"})
	}
	for name, permits := range map[string]func(time.Time) error{
		"CBC":   func(at time.Time) error { return p.PermitsCipher(ns+"aes256-cbc", at) },
		"RSA15": func(at time.Time) error { return p.PermitsKeyTransport(KeyTransport{URI: RSA15}, at) },
		"SHA-1": func(at time.Time) error { return p.PermitsKeyTransport(sha1, at) },
	} {
		if err := permits(end.Add(-time.Nanosecond)); err != nil {
			t.Errorf("%s before its end: %v", name, err)
		}
		if err := permits(end); !errors.Is(err, ErrAlgorithm) {
			t.Errorf("%s at its end: %v", name, err)
		}
	}
	before := end.Add(-time.Hour)
	if p.PermitsCipher(ns+"aes128-cbc", before) == nil || p.PermitsCipher("urn:x", before) == nil || p.PermitsKeyTransport(KeyTransport{URI: RSAOAEPMGF1P}, before) == nil {
		t.Error("an exception covers what it does not name, or what is not known")
	}
}

// TestIVLengthSaysWhichIV (items 37 to 40).
func TestIVLengthSaysWhichIV(t *testing.T) {
	number := func(n int) *int { return &n }
	for _, c := range Ciphers() {
		for _, given := range []*int{nil, number(12), number(16), number(0), number(13), number(-1), number(96)} {
			m, err := MethodFor(c.URI, given)
			want := c.BlockSize
			if c.GCM {
				if want = 16; given != nil {
					want = *given
				}
			}
			bad := given != nil && *given != 12 && *given != 16
			if bad != errors.Is(err, ErrIVLength) || !bad && (err != nil || m.IVSize != want || m.Cipher != c) {
				t.Errorf("%s with %v: %+v, %v", c.Name, given, m, err)
			}
		}
	}
	if _, err := MethodFor("urn:x", nil); !errors.Is(err, ErrAlgorithm) {
		t.Error(err)
	}
	if m := DefaultMethod(); m.Cipher.Name != "aes256-gcm" || m.IVSize != 12 {
		t.Errorf("default is %+v", m)
	}
	Ciphers()[0].URI = "changed"
	if _, ok := CipherByURI("changed"); ok {
		t.Error("the list can be changed from outside")
	}
}
