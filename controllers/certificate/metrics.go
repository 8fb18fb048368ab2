package certificate

import (
	"crypto/x509"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chaperone-dev/chaperone/internal/certificate"
)

// NewExpiry returns a metric with the end of the validity of the certificate that the keeper holds.
func NewExpiry(keeper *certificate.Keeper) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "chaperone_certificate_expiry_timestamp_seconds",
		Help: "When (Unix time) the certificate of the webhooks expires that this replica serves; 0 if it has none.",
	}, func() float64 {
		served, err := keeper.GetCertificate(nil)
		if err != nil || len(served.Certificate) == 0 {
			return 0
		}
		leaf, err := x509.ParseCertificate(served.Certificate[0])
		if err != nil {
			return 0
		}
		return float64(leaf.NotAfter.Unix())
	})
}
