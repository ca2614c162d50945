package envelope

import (
	"testing"

	"pgregory.net/rapid"
)

// drafts makes drafts of a kind that are as the standard wants them: what the
// kind's row demands is there, what it allows is there or not.
func drafts(p people, kind Kind) *rapid.Generator[*Draft] {
	return rapid.Custom(func(t *rapid.T) *Draft {
		row := kind.row()
		d := &Draft{Order: drawOrder(t, kind), Control: drawControl(t, row)}
		if kind.IsRequest() {
			d.Languages = rapid.SliceOfN(rapid.SampledFrom([]string{"de", "en-US", "tr"}), 1, 3).Draw(t, "languages")
		}
		drawQualities(t, d, row)
		for role, most := range row.certificates.most {
			if most > 0 && (contained(row.certificates.must, Role(role)) || rapid.Bool().Draw(t, "certificate")) {
				d.Certificates = append(d.Certificates, p.in(Role(role)))
			}
		}
		if rapid.Bool().Draw(t, "features") {
			d.Features = &Features{
				MaxChunkSize: rapid.IntRange(0, 5000).Draw(t, "max"), MinChunkSize: rapid.IntRange(0, 9).Draw(t, "min"),
				MaxMessageSize: rapid.IntRange(0, 1<<20).Draw(t, "size"), ChunkMessageTimeout: rapid.IntRange(0, 9).Draw(t, "timeout"),
				Supported: []Feature{{FeatureGCM, "1.7.0"}, {texts().Draw(t, "key"), "1"}},
			}
		}
		if row.content == required || row.content == optional && rapid.Bool().Draw(t, "content") {
			d.Content = packageOf("<osci:ContentContainer Id=\"c\"></osci:ContentContainer>")
			for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a.txt", "Größe 1.pdf", "x+y/z"}), 0, 3, rapid.ID[string]).Draw(t, "attachments") {
				a := attach(name, rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "octets"))
				a.Base64 = rapid.Bool().Draw(t, "base64")
				d.Attachments = append(d.Attachments, a)
			}
		}
		return d
	})
}

func contained(list []Role, role Role) bool {
	for _, r := range list {
		if r == role {
			return true
		}
	}
	return false
}

func drawControl(t *rapid.T, row kindRow) ControlBlock {
	c := ControlBlock{SequenceNumber: NoSequence}
	there := func(i int) bool {
		return row.control[i] == required || row.control[i] == optional && rapid.Bool().Draw(t, "cell")
	}
	challenge := texts().Filter(func(s string) bool { return s != "" })
	if there(0) {
		c.Response = challenge.Draw(t, "response")
	}
	if there(1) {
		c.Challenge = challenge.Draw(t, "challenge")
	}
	if there(2) {
		c.ConversationID = rapid.StringMatching(`[0-9]{1,20}`).Draw(t, "conversation")
	}
	if there(3) {
		c.SequenceNumber = rapid.IntRange(0, 1<<31-1).Draw(t, "sequence")
	}
	return c
}

func drawQualities(t *rapid.T, d *Draft, row kindRow) {
	quality := rapid.SampledFrom([]Quality{QualityPlain, QualityCryptographic})
	both := row.qualities == bothQualities
	switch o := d.Order.(type) {
	case MediateDelivery:
		both = o.MessageID != ""
	case ResponseToProcessDelivery:
		both = o.MessageID != ""
	}
	if both || row.qualities == creationOnly {
		d.CreationQuality = quality.Draw(t, "creation")
	}
	if both {
		d.ReceptionQuality = quality.Draw(t, "reception")
	}
}

func drawFeedback(t *rapid.T) Feedback {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Entry {
		return Entry{
			Code:     rapid.SampledFrom(Codes()).Draw(t, "code"),
			Language: rapid.SampledFrom([]string{"", "de", "en"}).Draw(t, "language"),
			Text:     texts().Draw(t, "text"),
		}
	}), 1, 3).Draw(t, "feedback")
}

func drawStamp(t *rapid.T) *Timestamp {
	switch rapid.IntRange(0, 2).Draw(t, "stamp") {
	case 0:
		return nil
	case 1:
		return PlainTimestamp(times().Draw(t, "at"))
	}
	return &Timestamp{Algorithm: "urn:token", Token: rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "token")}
}

func drawCard(t *rapid.T) *ProcessCard {
	c := &ProcessCard{
		MessageID: ids().Draw(t, "id"), RecentModification: times().Draw(t, "modified"),
		Creation: drawStamp(t), Forwarding: drawStamp(t), Reception: drawStamp(t), Subject: subjects().Draw(t, "subject"),
	}
	for range rapid.IntRange(0, 2).Draw(t, "inspections") {
		i := Inspection{
			Timestamp: *PlainTimestamp(times().Draw(t, "at")), Subject: texts().Draw(t, "dn"), Issuer: texts().Draw(t, "issuer"),
			Serial: "4711", CertType: CertAdvanced, Math: ResultOK, Offline: ResultValid,
		}
		if rapid.Bool().Draw(t, "online") {
			crl := times().Draw(t, "crl")
			i.Online = &OnlineResult{Result: ResultRevoked, OCSP: []byte{1, 2}, CRL: &crl, LDAP: []byte{3}}
		}
		c.Inspections = append(c.Inspections, i)
	}
	return c
}

func drawRule(t *rapid.T, cards bool) *SelectionRule {
	mode := SelectionMode(rapid.IntRange(0, 3).Draw(t, "mode"))
	if mode == 0 || mode == ByModification && !cards {
		return nil
	}
	r := &SelectionRule{Mode: mode}
	if mode == ByMessageID {
		most := 1
		if cards {
			most = 4
		}
		r.MessageIDs = rapid.SliceOfN(ids(), 1, most).Draw(t, "ids")
		return r
	}
	r.Since = times().Draw(t, "since")
	r.SinceText = FormatTime(r.Since)
	if cards {
		r.NoReception = rapid.Bool().Draw(t, "open")
		r.Role = rapid.SampledFrom([]CardRole{AnyRole, RoleAddressee, RoleOriginator}).Draw(t, "role")
	}
	return r
}

func drawChunk(t *rapid.T) *ChunkInformation {
	n := rapid.IntRange(0, 1<<31-1)
	return &ChunkInformation{
		ChunkNumber: n.Draw(t, "number"), ChunkSize: n.Draw(t, "size"), TotalChunkNumbers: n.Draw(t, "of"),
		TotalMessageSize: n.Draw(t, "total"), Received: rapid.SliceOfN(rapid.IntRange(-1, 99), 0, 5).Draw(t, "received"),
	}
}

// drawOrder has a case for every kind; TestEveryKindComesBack sees to it.
func drawOrder(t *rapid.T, kind Kind) Order {
	card := func() *ProcessCard {
		if rapid.Bool().Draw(t, "card") {
			return drawCard(t)
		}
		return nil
	}
	switch kind {
	case KindInitDialog:
		return InitDialog{}
	case KindResponseToInitDialog:
		return ResponseToInitDialog{drawFeedback(t)}
	case KindExitDialog:
		return ExitDialog{}
	case KindResponseToExitDialog:
		return ResponseToExitDialog{drawFeedback(t)}
	case KindGetMessageID:
		return GetMessageID{}
	case KindResponseToGetMessageID:
		return ResponseToGetMessageID{drawFeedback(t), ids().Draw(t, "id")}
	case KindStoreDelivery:
		return StoreDelivery{ids().Draw(t, "id"), subjects().Draw(t, "subject")}
	case KindResponseToStoreDelivery:
		return ResponseToStoreDelivery{drawFeedback(t), card()}
	case KindFetchDelivery:
		return FetchDelivery{drawRule(t, false)}
	case KindResponseToFetchDelivery:
		return ResponseToFetchDelivery{drawFeedback(t), drawRule(t, false), card()}
	case KindFetchProcessCard:
		return FetchProcessCard{drawRule(t, true), rapid.IntRange(0, 99).Draw(t, "limit")}
	case KindResponseToFetchProcessCard:
		o := ResponseToFetchProcessCard{Feedback: drawFeedback(t), Rule: drawRule(t, true), Limit: rapid.IntRange(0, 99).Draw(t, "limit")}
		for range rapid.IntRange(0, 3).Draw(t, "cards") {
			o.Cards = append(o.Cards, *drawCard(t))
		}
		return o
	}
	return drawPassiveOrder(t, kind, card)
}

func drawPassiveOrder(t *rapid.T, kind Kind, card func() *ProcessCard) Order {
	switch kind {
	case KindForwardDelivery:
		return ForwardDelivery{texts().Draw(t, "uri"), ids().Draw(t, "id"), subjects().Draw(t, "subject")}
	case KindResponseToForwardDelivery:
		return ResponseToForwardDelivery{drawFeedback(t), card()}
	case KindAcceptDelivery:
		return AcceptDelivery{drawCard(t)}
	case KindResponseToAcceptDelivery:
		return ResponseToAcceptDelivery{drawFeedback(t)}
	case KindMediateDelivery:
		if rapid.Bool().Draw(t, "without") {
			return MediateDelivery{Receiver: texts().Draw(t, "uri")}
		}
		return MediateDelivery{texts().Draw(t, "uri"), ids().Draw(t, "id"), subjects().Draw(t, "subject")}
	case KindResponseToMediateDelivery:
		return ResponseToMediateDelivery{drawFeedback(t), card(), card()}
	case KindProcessDelivery:
		if rapid.Bool().Draw(t, "without") {
			return ProcessDelivery{}
		}
		return ProcessDelivery{ids().Draw(t, "id"), drawCard(t)}
	case KindResponseToProcessDelivery:
		if rapid.Bool().Draw(t, "without") {
			return ResponseToProcessDelivery{Feedback: drawFeedback(t)}
		}
		return ResponseToProcessDelivery{drawFeedback(t), ids().Draw(t, "id"), subjects().Draw(t, "subject")}
	case KindPartialStoreDelivery:
		o := PartialStoreDelivery{MessageID: ids().Draw(t, "id") + "_Partial", Subject: subjects().Draw(t, "subject")}
		if o.InfoOnly = rapid.Bool().Draw(t, "info"); !o.InfoOnly {
			o.Chunk = drawChunk(t)
		}
		return o
	case KindResponseToPartialStoreDelivery:
		return ResponseToPartialStoreDelivery{Inside: drawFeedback(t), Feedback: drawFeedback(t), Card: card(), Chunk: drawChunk(t)}
	case KindPartialFetchDelivery:
		return PartialFetchDelivery{drawRule(t, false), drawChunk(t)}
	case KindResponseToPartialFetchDelivery:
		return ResponseToPartialFetchDelivery{drawFeedback(t), drawRule(t, false), drawChunk(t), ids().Draw(t, "id")}
	}
	return nil
}

// exampleDraft is one draft of a kind, always the same.
func exampleDraft(t testing.TB, kind Kind) *Draft {
	t.Helper()
	return drafts(loadPeople(t), kind).Example(4)
}
