package interop

import (
	"sync"
	"time"
)

// noon is where the clock of a test begins.
var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// clock is an office's clock that the test sets.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: noon} }

// Now is the time it shows.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// set moves it to so long after noon.
func (c *clock) set(after time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = noon.Add(after)
}

// by makes it the office's clock.
func (c *clock) by(o *officeOptions) { o.now = c.Now }
