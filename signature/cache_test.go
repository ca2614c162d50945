package signature

import (
	"encoding/asn1"
	"os"
	"testing"
)

func TestCacheGivesWhatParseCertificateGives(t *testing.T) {
	der, err := os.ReadFile("../testdata/recordings/keys/alice-cipher.cer")
	if err != nil {
		t.Fatal(err)
	}
	cache := &Cache{}
	first, err := cache.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	again, err := cache.Parse(der)
	if err != nil || again != first {
		t.Errorf("the second time: %v", err)
	}
	der[len(der)-1] ^= 1 // the caller's octets are not kept
	other, err := cache.Parse(der)
	if err != nil || other == first || other.Equal(first) {
		t.Errorf("a changed certificate is taken for the other one: %v", err)
	}
	if _, err := cache.Parse([]byte("no certificate")); err == nil {
		t.Error("what is no certificate is kept as one")
	}
}

func TestCacheIsBounded(t *testing.T) {
	cache := &Cache{}
	for i := range cacheSize + 10 {
		der, err := asn1.Marshal(struct{ N int }{i})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cache.Parse(der); err != nil {
			t.Fatal(err)
		}
	}
	if len(cache.held) > cacheSize {
		t.Errorf("%d certificates are kept", len(cache.held))
	}
}
