package signature

import (
	"crypto/sha256"
	"sync"
)

// cacheSize bounds a Cache: some 20 MB of certificates.
const cacheSize = 4096

// Cache keeps certificates that were read before: the same few senders,
// addressees and authors come with every letter. It keeps no judgement, only
// what ParseCertificate makes of the octets. The zero value is ready; nil reads
// every time.
type Cache struct {
	mu   sync.Mutex
	held map[[sha256.Size]byte]*Certificate
}

// Parse is ParseCertificate.
func (c *Cache) Parse(der []byte) (*Certificate, error) {
	if c == nil {
		return ParseCertificate(der)
	}
	sum := sha256.Sum256(der)
	c.mu.Lock()
	found := c.held[sum]
	c.mu.Unlock()
	if found != nil {
		return found, nil
	}
	made, err := ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil || len(c.held) >= cacheSize {
		c.held = map[[sha256.Size]byte]*Certificate{} // simple, and rare
	}
	c.held[sum] = made
	return made, nil
}
