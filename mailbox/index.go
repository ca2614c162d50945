package mailbox

import (
	"cmp"
	"encoding/hex"
	"slices"
	"sort"
	"sync"
	"time"

	"poststelle/envelope"
)

// index is the projection of all streams in memory: which letters are where,
// and their cards. It can be made again at any time.
type index struct {
	mu      sync.RWMutex
	letters map[key]*letter
	// boxes has the letters of a mailbox, oldest first; waiting those among
	// them that nobody confirmed.
	boxes, waiting map[Address]*timeline
	// sent has the letters of an originator by Party.Cipher or, where none was
	// named, by "signature:" and the fingerprint.
	sent map[string]*timeline
	// files counts the letters that need a content file.
	files map[string]int
	// building says that lists are not in order and waiting is empty until
	// built is called: one sort is cheaper than a hundred thousand insertions.
	building bool
}

func newIndex() *index {
	return &index{
		letters: map[key]*letter{}, boxes: map[Address]*timeline{}, waiting: map[Address]*timeline{},
		sent: map[string]*timeline{}, files: map[string]int{},
	}
}

// letter is what the index knows of one delivery. Facts may be known before
// the letter itself: streams are read side by side with our own writes.
type letter struct {
	key    key
	box    Address
	shard  int
	known  bool   // the delivery (or what a purge left of it) was seen
	purged bool   // content is gone
	seq    uint64 // of the delivery in its stream
	size   int64
	sender string
	files  []string
	// base is the card as it began (or as a purge left it, with what happened
	// up to baseSeq in it), facts are what happened since, in stream order;
	// card follows from both, and so is the same on every node.
	base    envelope.ProcessCard
	baseSeq uint64
	facts   []happened
	card    envelope.ProcessCard
}

// happened is a fact and its place in the stream.
type happened struct {
	seq  uint64
	fact storedFact
}

// timeline is a list of letters, oldest first.
type timeline struct{ list []*letter }

func (t *timeline) place(l *letter) int {
	return sort.Search(len(t.list), func(i int) bool { return !before(t.list[i], l) })
}

// before orders by creation; the key decides among equals, so that the order
// is the same on every node.
func before(a, b *letter) bool {
	x, y := a.card.Creation.At, b.card.Creation.At
	if !x.Equal(y) {
		return x.Before(y)
	}
	return a.key < b.key
}

func (t *timeline) add(l *letter) {
	i := t.place(l)
	t.list = append(t.list, nil)
	copy(t.list[i+1:], t.list[i:])
	t.list[i] = l
}

func (t *timeline) remove(l *letter) {
	if i := t.place(l); i < len(t.list) && t.list[i] == l {
		t.list = append(t.list[:i], t.list[i+1:]...)
	}
}

// since is the part created at or after t.
func (t *timeline) since(at time.Time) []*letter {
	if t == nil {
		return nil
	}
	i := sort.Search(len(t.list), func(i int) bool { return !t.list[i].card.Creation.At.Before(at) })
	return t.list[i:]
}

func at[K comparable](m map[K]*timeline, k K) *timeline {
	if m[k] == nil {
		m[k] = &timeline{}
	}
	return m[k]
}

// placeholder finds or makes the letter of a subject. The caller holds mu.
func (x *index) placeholder(box Address, k key, shard int) *letter {
	l := x.letters[k]
	if l == nil {
		l = &letter{key: k, box: box, shard: shard}
		x.letters[k] = l
	}
	return l
}

// addLetter takes a stored delivery into the index; a second time is nothing.
func (x *index) addLetter(box Address, k key, shard int, seq uint64, s summary) {
	x.mu.Lock()
	defer x.mu.Unlock()
	l := x.placeholder(box, k, shard)
	if l.known {
		return
	}
	l.seq = seq
	x.learn(l, s)
	for _, file := range s.Files {
		x.files[file]++
	}
	l.files = s.Files
}

// learn fills in what the summary says. The caller holds mu.
func (x *index) learn(l *letter, s summary) {
	l.known, l.size, l.sender, l.base = true, s.Size, s.Sender, s.Card
	l.settle()
	x.enter(at(x.boxes, l.box), l)
	if l.sender != "" {
		x.enter(at(x.sent, l.sender), l)
	}
	if l.card.Reception == nil && !x.building {
		at(x.waiting, l.box).add(l)
	}
}

// enter adds a letter to a list, in its place unless the index is building.
func (x *index) enter(t *timeline, l *letter) {
	if x.building {
		t.list = append(t.list, l)
		return
	}
	t.add(l)
}

// build begins to fill the index from whole streams; built ends that.
func (x *index) build() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.building = true
}

func (x *index) built() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.building = false
	order := func(a, b *letter) int {
		return cmp.Or(a.card.Creation.At.Compare(b.card.Creation.At), cmp.Compare(a.key, b.key))
	}
	for box, t := range x.boxes {
		slices.SortFunc(t.list, order)
		due := &timeline{}
		for _, l := range t.list {
			if l.card.Reception == nil {
				due.list = append(due.list, l)
			}
		}
		x.waiting[box] = due
	}
	for _, t := range x.sent {
		slices.SortFunc(t.list, order)
	}
}

// addFact takes something that happened into the index; a second time, as
// when our own write is met while following the stream, is nothing.
func (x *index) addFact(box Address, k key, shard int, seq uint64, f storedFact) {
	x.mu.Lock()
	defer x.mu.Unlock()
	l := x.placeholder(box, k, shard)
	i, seen := slices.BinarySearchFunc(l.facts, seq, func(h happened, seq uint64) int { return cmp.Compare(h.seq, seq) })
	if seen {
		return
	}
	l.facts = slices.Insert(l.facts, i, happened{seq: seq, fact: f})
	if f.Purged != nil {
		x.purge(l, seq, *f.Purged)
		return
	}
	if !l.known {
		return
	}
	waiting := l.card.Reception == nil
	l.settle()
	if waiting && !x.building && l.card.Reception != nil {
		at(x.waiting, l.box).remove(l)
	}
}

// settle makes the card: the last hand-out before the first reception counts,
// and the last moment at which something counted (dossier §10.3).
func (l *letter) settle() {
	l.card = l.base
	l.card.Inspections = slices.Clip(l.card.Inspections)
	for _, h := range l.facts {
		if h.seq <= l.baseSeq || !counts(&l.card, &h.fact) {
			continue
		}
		switch {
		case h.fact.Forwarding != nil:
			l.card.Forwarding = h.fact.Forwarding
		case h.fact.Reception != nil:
			l.card.Reception = h.fact.Reception
		}
		l.card.Inspections = append(l.card.Inspections, h.fact.Inspections...)
		if h.fact.At.After(l.card.RecentModification) {
			l.card.RecentModification = h.fact.At
		}
	}
}

// counts tells whether a fact changes the card.
func counts(card *envelope.ProcessCard, f *storedFact) bool {
	if f.Forwarding != nil || f.Reception != nil {
		return card.Reception == nil
	}
	return f.Purged == nil
}

// purge notes that the content is gone and, if the letter was not seen, what
// is known of it. The caller holds mu.
func (x *index) purge(l *letter, seq uint64, s summary) {
	if !l.known {
		l.baseSeq = seq
		x.learn(l, s)
	}
	if !l.purged {
		for _, file := range l.files {
			x.files[file]--
		}
	}
	l.purged, l.files = true, nil
}

// erased notes that the message itself is deleted.
func (x *index) erased(k key) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if l := x.letters[k]; l != nil {
		l.seq = 0
	}
}

// count is for metrics: letters with content, letters nobody confirmed.
func (x *index) count() (letters, waiting int) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, t := range x.waiting {
		waiting += len(t.list)
	}
	return len(x.letters), waiting
}

// needed tells whether a letter needs the content file.
func (x *index) needed(sum string) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.files[sum] > 0
}

// senderOf is the key in index.sent of a delivery's originator (dossier O-7).
func senderOf(d *envelope.Delivery) string {
	switch {
	case d.OriginatorCipher != nil:
		return string(AddressOf(d.OriginatorCipher))
	case d.OriginatorSignature != nil:
		return signatureSender(d.OriginatorSignature.Fingerprint())
	}
	return ""
}

func signatureSender(fingerprint string) string { return "signature:" + fingerprint }

// fileName is the name of a content file in the index.
func fileName(sum [32]byte) string { return hex.EncodeToString(sum[:]) }
