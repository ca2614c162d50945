package mailbox

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics of the store; docs/operations.md explains them.
type metrics struct {
	stored, storedBytes, damaged prometheus.Counter
	facts                        *prometheus.CounterVec
	seconds                      *prometheus.HistogramVec
}

func newMetrics(r prometheus.Registerer, x *index) *metrics {
	f := promauto.With(r)
	f.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "poststelle_mailbox_letters", Help: "Letters with a process card.",
	}, func() float64 { n, _ := x.count(); return float64(n) })
	f.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "poststelle_mailbox_waiting_letters", Help: "Letters that nobody has confirmed.",
	}, func() float64 { _, n := x.count(); return float64(n) })
	return &metrics{
		stored: f.NewCounter(prometheus.CounterOpts{
			Name: "poststelle_mailbox_stored_total", Help: "Deliveries stored since the start.",
		}),
		storedBytes: f.NewCounter(prometheus.CounterOpts{
			Name: "poststelle_mailbox_stored_bytes_total", Help: "Octets of content and attachments stored since the start.",
		}),
		damaged: f.NewCounter(prometheus.CounterOpts{
			Name: "poststelle_mailbox_damaged_total", Help: "Stored letters found not to be what was put in. Alert on any.",
		}),
		facts: f.NewCounterVec(prometheus.CounterOpts{
			Name: "poststelle_mailbox_facts_total", Help: "Facts recorded, by kind.",
		}, []string{"fact"}),
		seconds: f.NewHistogramVec(prometheus.HistogramOpts{
			Name: "poststelle_mailbox_seconds", Help: "Time until durable, by operation.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2, 16),
		}, []string{"operation"}),
	}
}

// time observes how long an operation took.
func (m *metrics) time(operation string, start time.Time) {
	m.seconds.WithLabelValues(operation).Observe(time.Since(start).Seconds())
}
