package interop

import (
	"strings"
	"testing"

	"poststelle/envelope"
)

// TestConformance149FeaturesAreSentToWhoeverSentThem holds the spelling of
// ChunkMessageTimeout, which differs from the schema's. The office announces
// limits of chunks only together with the feature they belong to.
func TestConformance149FeaturesAreSentToWhoeverSentThem(t *testing.T) {
	post, alice := plainOffice(t)
	for name, protect := range map[string]protection{"plain": unprotected, "protected": signedAndEncrypted} {
		for _, one := range tour(t, post, protect) { // its people all send a description
			if one.answer == nil {
				continue
			}
			if one.answer.Features == nil || !one.answer.Features.Has(envelope.FeatureGCM) {
				t.Errorf("%s %s: no description", name, one.name)
			}
			tag := startTag(one.answer.xml(), "osci2017:FeatureDescription")
			chunks := one.answer.Features.Has(envelope.FeaturePartialTransmission)
			if strings.Contains(tag, "TimeOut") || chunks != strings.Contains(tag, ` ChunkMessageTimeout="`) {
				t.Errorf("%s %s: chunks are offered: %t, description %s", name, one.name, chunks, tag)
			}
		}
	}
	alice.features = nil
	if a := alice.send(alice.draft(envelope.GetMessageID{}), envelope.SealOptions{}); a.Features != nil || strings.Contains(a.xml(), "FeatureDescription") {
		t.Error("a client that sent no description got one")
	}
	alice.features = &envelope.Features{}
	if a := alice.send(alice.draft(envelope.GetMessageID{}), envelope.SealOptions{}); a.Features == nil {
		t.Error("a client that sent an empty description got none")
	}
}

func TestConformance150UnknownFeaturesAreIgnored(t *testing.T) {
	_, alice := plainOffice(t)
	alice.features = &envelope.Features{
		MaxChunkSize: 7, ChunkMessageTimeout: 9,
		Supported: []envelope.Feature{{Key: "Zeitreise", Version: "99.1-beta"}, {Key: envelope.FeatureGCM, Version: "1.7.0"}, {Key: "", Version: ""}},
	}
	for _, o := range []envelope.SealOptions{{}, signedAndEncrypted(alice)} {
		a := alice.demandRead(alice.request(o))
		if a.code() != envelope.CodeExecuted || a.Features.Has("Zeitreise") {
			t.Errorf("code %s, features %v", a.code(), a.Features)
		}
	}
}
