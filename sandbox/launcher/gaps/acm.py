"""ACM: whether a certificate is written to public logs may be changed."""

from moto.acm.responses import AWSCertificateManagerResponse
from moto.core.responses import EmptyResult

from gaps.wrap import add


def install():
    @add(AWSCertificateManagerResponse)
    def update_certificate_options(self):
        certificate = self.acm_backend.get_certificate(self._get_param("CertificateArn"))
        certificate.cert_options.update(self._get_param("Options") or {})
        return EmptyResult()
