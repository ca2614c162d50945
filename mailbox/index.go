package mailbox

import (
	"cmp"
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
	// changed, if somebody watches, is closed by the next change.
	changed chan struct{}
}

func newIndex() *index {
	return &index{
		letters: map[key]*letter{}, boxes: map[Address]*timeline{}, waiting: map[Address]*timeline{},
		sent: map[string]*timeline{}, files: map[string]int{},
	}
}

// watch gives a channel that the next change closes.
func (x *index) watch() <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.changed == nil {
		x.changed = make(chan struct{})
	}
	return x.changed
}

// tell wakes who watches. The caller holds mu.
func (x *index) tell() {
	if x.changed != nil {
		close(x.changed)
		x.changed = nil
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
	story
	// What queries go by; created is fixed, settle makes the others.
	created, modified time.Time
	received          time.Time // zero = nobody confirmed it
	// modified and received as the card began.
	beganAt, beganReceived time.Time
}

// timeline is a list of letters, oldest first.
type timeline struct{ list []*letter }

func (t *timeline) place(l *letter) int {
	return sort.Search(len(t.list), func(i int) bool { return !before(t.list[i], l) })
}

// before orders by creation; the key decides among equals, so that the order
// is the same on every node.
func before(a, b *letter) bool {
	return inOrder(a, b) < 0
}

func inOrder(a, b *letter) int {
	return cmp.Or(a.created.Compare(b.created), cmp.Compare(a.key, b.key))
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
	i := sort.Search(len(t.list), func(i int) bool { return !t.list[i].created.Before(at) })
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
	defer x.tell()
	for _, file := range s.Files {
		x.files[file]++
	}
	l.files = s.Files
}

// learn fills in what the summary says. The caller holds mu.
func (x *index) learn(l *letter, s summary) {
	l.known, l.size, l.sender, l.base = true, s.Size, s.Sender, s.Card
	l.created, l.beganAt, l.beganReceived = s.Created, s.Modified, s.Received
	l.settle()
	x.enter(at(x.boxes, l.box), l)
	if l.sender != "" {
		x.enter(at(x.sent, l.sender), l)
	}
	if l.received.IsZero() && !x.building {
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
	for box, t := range x.boxes {
		slices.SortFunc(t.list, inOrder)
		due := &timeline{}
		for _, l := range t.list {
			if l.received.IsZero() {
				due.list = append(due.list, l)
			}
		}
		x.waiting[box] = due
	}
	for _, t := range x.sent {
		slices.SortFunc(t.list, inOrder)
	}
}

// addFact takes something that happened into the index; a second time, as
// when our own write is met while following the stream, is nothing.
func (x *index) addFact(box Address, k key, shard int, seq uint64, f storedFact) error {
	var rest summary
	if f.Kind == factPurged {
		var err error
		if rest, err = parseSummary(f.Body); err != nil {
			return err
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	defer x.tell()
	l := x.placeholder(box, k, shard)
	i, seen := slices.BinarySearchFunc(l.facts, seq, func(h happened, seq uint64) int { return cmp.Compare(h.seq, seq) })
	switch {
	case seen:
	case f.Kind == factPurged:
		l.facts = slices.Insert(l.facts, i, happened{seq: seq, fact: storedFact{Kind: factPurged, At: f.At}})
		x.purge(l, seq, rest)
	default:
		l.facts = slices.Insert(l.facts, i, happened{seq: seq, fact: f})
		x.resettle(l)
	}
	return nil
}

// resettle follows a new fact. The caller holds mu.
func (x *index) resettle(l *letter) {
	if !l.known {
		return
	}
	waiting := l.received.IsZero()
	l.settle()
	if waiting && !x.building && !l.received.IsZero() {
		at(x.waiting, l.box).remove(l)
	}
}

// settle finds what queries go by.
func (l *letter) settle() {
	l.modified, l.received = l.beganAt, l.beganReceived
	for _, h := range l.facts {
		if h.seq <= l.baseSeq || !counts(h.fact.Kind, !l.received.IsZero()) {
			continue
		}
		if h.fact.Kind == factReception {
			l.received = h.fact.Stamp
		}
		if h.fact.At.After(l.modified) {
			l.modified = h.fact.At
		}
	}
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
