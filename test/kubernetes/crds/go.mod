// What custom-resources.ts takes the definitions of custom resources from.
module streamlit-site/crds

go 1.25.0

require (
	github.com/cert-manager/cert-manager v1.21.2
	sigs.k8s.io/gateway-api v1.4.0
)
