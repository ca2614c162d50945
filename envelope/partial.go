package envelope

import (
	"strconv"
	"strings"
)

// PartialStoreDelivery carries one chunk of a store (supplement 2017; dossier
// §15.3).
type PartialStoreDelivery struct {
	MessageID string // with the suffix "_Partial"
	Subject   *string
	// InfoOnly asks for the state of the transfer; then Chunk is nil.
	InfoOnly bool
	Chunk    *ChunkInformation
}

// ResponseToPartialStoreDelivery answers PartialStoreDelivery.
type ResponseToPartialStoreDelivery struct {
	Inside   Feedback // of the embedded store; nil = absent
	Feedback Feedback
	Card     *ProcessCard
	Chunk    *ChunkInformation
}

// PartialFetchDelivery asks for one chunk of a delivery (dossier §15.4).
type PartialFetchDelivery struct {
	Rule  *SelectionRule
	Chunk *ChunkInformation
}

// ResponseToPartialFetchDelivery answers PartialFetchDelivery.
type ResponseToPartialFetchDelivery struct {
	Feedback  Feedback
	Rule      *SelectionRule
	Chunk     *ChunkInformation
	MessageID string
}

// ChunkInformation describes one chunk; sizes are in units of 1024 octets,
// 0 and nil mean that the attribute is absent (dossier §15.2).
type ChunkInformation struct {
	ChunkNumber       int
	ChunkSize         int
	TotalChunkNumbers int
	TotalMessageSize  int
	// Received lists the chunks that arrived; [-1] is how a client says
	// "none yet" in a partialFetchDelivery.
	Received []int
}

// maxChunks bounds the list of received chunks in a message.
const maxChunks = 100_000

func decodeChunk(f *fields) *ChunkInformation {
	n := f.take(NSOSCI2017, "ChunkInformation")
	if n == nil {
		return nil
	}
	f.inside(n).end()
	chunk := &ChunkInformation{
		ChunkNumber:       f.count(n, "ChunkNumber"),
		ChunkSize:         f.count(n, "ChunkSize"),
		TotalChunkNumbers: f.count(n, "TotalChunkNumbers"),
		TotalMessageSize:  f.count(n, "TotalMessageSize"),
	}
	received, _ := n.Attr("", "ReceivedChunks")
	list := strings.Fields(received)
	if len(list) > maxChunks {
		f.fail("too many ReceivedChunks")
		return chunk
	}
	for _, word := range list {
		number, err := parseCount(strings.TrimPrefix(word, "-"))
		if err != nil || strings.HasPrefix(word, "-") && word != "-1" {
			f.fail("ReceivedChunks is no list of numbers")
		}
		if word == "-1" {
			number = -1
		}
		chunk.Received = append(chunk.Received, number)
	}
	return chunk
}

func encodeChunk(w *writer, c *ChunkInformation) {
	if c == nil {
		return
	}
	attrs := count(nil, "ChunkNumber", c.ChunkNumber)
	attrs = count(attrs, "ChunkSize", c.ChunkSize)
	if len(c.Received) > 0 {
		words := make([]string, len(c.Received))
		for i, n := range c.Received {
			words[i] = strconv.Itoa(n)
		}
		attrs = append(attrs, attr{"ReceivedChunks", strings.Join(words, " ")})
	}
	attrs = count(attrs, "TotalChunkNumbers", c.TotalChunkNumbers)
	attrs = count(attrs, "TotalMessageSize", c.TotalMessageSize)
	w.start("osci2017:ChunkInformation", attrs...)
	w.end()
}

// Kind is KindPartialStoreDelivery.
func (PartialStoreDelivery) Kind() Kind { return KindPartialStoreDelivery }

func (o PartialStoreDelivery) encode(w *writer) {
	w.messageID("osci:MessageId", o.MessageID)
	w.subject(o.Subject)
	if o.InfoOnly {
		w.element("osci2017:InfoOnly", "")
	}
	encodeChunk(w, o.Chunk)
}

// Kind is KindResponseToPartialStoreDelivery.
func (ResponseToPartialStoreDelivery) Kind() Kind { return KindResponseToPartialStoreDelivery }

func (o ResponseToPartialStoreDelivery) encode(w *writer) {
	if len(o.Inside) > 0 {
		w.start("osci2017:InsideFeedback")
		encodeEntries(w, o.Inside)
		w.end()
	}
	encodeFeedback(w, o.Feedback)
	encodeCard(w, "osci:ProcessCardBundle", o.Card)
	encodeChunk(w, o.Chunk)
}

// Kind is KindPartialFetchDelivery.
func (PartialFetchDelivery) Kind() Kind { return KindPartialFetchDelivery }

func (o PartialFetchDelivery) encode(w *writer) {
	encodeSelection(w, o.Rule)
	encodeChunk(w, o.Chunk)
}

// Kind is KindResponseToPartialFetchDelivery.
func (ResponseToPartialFetchDelivery) Kind() Kind { return KindResponseToPartialFetchDelivery }

func (o ResponseToPartialFetchDelivery) encode(w *writer) {
	encodeFeedback(w, o.Feedback)
	encodeEcho(w, "osci:fetchDelivery", o.Rule)
	encodeChunk(w, o.Chunk)
	w.messageID("osci:MessageId", o.MessageID)
}

func decodePartialStoreDelivery(f *fields) Order {
	o := PartialStoreDelivery{MessageID: f.messageID(NSOSCI, "MessageId"), Subject: f.subject()}
	if n := f.take(NSOSCI2017, "InfoOnly"); n != nil {
		f.inside(n).end()
		o.InfoOnly = true
	}
	o.Chunk = decodeChunk(f)
	if o.InfoOnly == (o.Chunk != nil) {
		f.fail("needs InfoOnly or ChunkInformation")
	}
	return o
}

func decodeResponseToPartialStoreDelivery(f *fields) Order {
	o := ResponseToPartialStoreDelivery{Feedback: decodeFeedback(f)}
	if n := f.take(NSOSCI2017, "InsideFeedback"); n != nil {
		o.Inside = decodeEntries(f.inside(n))
	}
	o.Card = decodeCard(f, "ProcessCardBundle")
	o.Chunk = decodeChunk(f)
	return o
}

func decodePartialFetchDelivery(f *fields) Order {
	o := PartialFetchDelivery{Rule: decodeSelection(f, false), Chunk: decodeChunk(f)}
	if o.Chunk == nil {
		f.fail("misses ChunkInformation")
	}
	return o
}

func decodeResponseToPartialFetchDelivery(f *fields) Order {
	return ResponseToPartialFetchDelivery{
		Feedback:  decodeFeedback(f),
		Rule:      decodeEcho(f),
		Chunk:     decodeChunk(f),
		MessageID: f.messageID(NSOSCI, "MessageId"),
	}
}
