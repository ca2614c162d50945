package transport

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics of the server; docs/operations.md explains them.
type metrics struct {
	exchanges      *prometheus.CounterVec
	refused        *prometheus.CounterVec
	seconds        prometheus.Histogram
	received, sent prometheus.Counter
	running        prometheus.Gauge
	panics         prometheus.Counter
}

func newMetrics(r prometheus.Registerer) *metrics {
	f := promauto.With(r)
	return &metrics{
		exchanges: f.NewCounterVec(prometheus.CounterOpts{
			Name: "poststelle_transport_exchanges_total", Help: "Finished exchanges by HTTP status.",
		}, []string{"status"}),
		refused: f.NewCounterVec(prometheus.CounterOpts{
			Name: "poststelle_transport_refused_total", Help: "Bodies not taken whole, by reason: busy, coded, too_large, cut_off.",
		}, []string{"reason"}),
		seconds: f.NewHistogram(prometheus.HistogramOpts{
			Name: "poststelle_transport_exchange_seconds", Help: "Time of an exchange, transfer included.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 18),
		}),
		received: f.NewCounter(prometheus.CounterOpts{
			Name: "poststelle_transport_received_bytes_total", Help: "Octets of bodies received.",
		}),
		sent: f.NewCounter(prometheus.CounterOpts{
			Name: "poststelle_transport_sent_bytes_total", Help: "Octets of answers sent.",
		}),
		running: f.NewGauge(prometheus.GaugeOpts{
			Name: "poststelle_transport_running_exchanges", Help: "Exchanges that run now.",
		}),
		panics: f.NewCounter(prometheus.CounterOpts{
			Name: "poststelle_transport_panics_total", Help: "Panics caught at the connection: always a bug.",
		}),
	}
}
