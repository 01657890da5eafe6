#pragma once

// An HTTPS server whose certificate, made for the test, is for one name and signed by itself.

#include <gtest/gtest.h>
#include <httplib.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

namespace skald::workers::testing {

class TlsServer {
 public:
  explicit TlsServer(const std::string& name) {
    std::string folder = std::filesystem::temp_directory_path() / "skald-tls-XXXXXX";
    folder_ = ::mkdtemp(folder.data());
    make_certificate(name);
    server_ = std::make_unique<httplib::SSLServer>(certificate().c_str(), key().c_str());
    EXPECT_TRUE(server_->is_valid());
    server_->Get("/", [this](const httplib::Request&, httplib::Response& response) {
      ++calls_;
      if (!redirect_.empty()) return response.set_redirect(redirect_);
      response.set_content("over tls", "text/plain");
    });
    port_ = server_->bind_to_any_port("127.0.0.1");
    serving_ = std::thread([this] { server_->listen_after_bind(); });
    while (!server_->is_running()) std::this_thread::yield();  // a stop before that would be lost
  }
  ~TlsServer() {
    server_->stop();
    serving_.join();
    std::filesystem::remove_all(folder_);
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  void redirect_to(const std::string& url) { redirect_ = url; }
  std::string certificate() const { return folder_ + "/certificate.pem"; }
  std::string url(const std::string& host) const { return "https://" + host + ":" + std::to_string(port_) + "/"; }
  int calls() const { return calls_; }

 private:
  std::string key() const { return folder_ + "/key.pem"; }

  void make_certificate(const std::string& name) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pair(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), &X509_free);
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3'600);
    X509_set_pubkey(made.get(), pair.get());
    X509_NAME* subject = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1,
                               -1, 0);
    X509_set_issuer_name(made.get(), subject);
    const std::string names = "DNS:" + name;
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()), &X509_EXTENSION_free);
    X509_add_ext(made.get(), extension.get(), -1);
    ASSERT_NE(X509_sign(made.get(), pair.get(), EVP_sha256()), 0);
    const std::unique_ptr<FILE, decltype(&std::fclose)> out(std::fopen(certificate().c_str(), "w"), &std::fclose);
    PEM_write_X509(out.get(), made.get());
    const std::unique_ptr<FILE, decltype(&std::fclose)> secret(std::fopen(key().c_str(), "w"), &std::fclose);
    PEM_write_PrivateKey(secret.get(), pair.get(), nullptr, nullptr, 0, nullptr, nullptr);
  }

  std::string folder_;
  std::string redirect_;
  std::unique_ptr<httplib::SSLServer> server_;
  std::thread serving_;
  std::atomic<int> calls_{0};
  int port_ = 0;
};

}  // namespace skald::workers::testing
