//! A post box between the platform and the program: keeps each notification as it came over the wire.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

/// One notification as it came.
#[derive(Clone, Debug)]
pub struct Letter {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Takes notifications in the program's stead and keeps them.
pub struct PostBox {
    pub url: String,
    letters: Arc<Mutex<Vec<Letter>>>,
    server: actix_web::dev::ServerHandle,
}

impl Drop for PostBox {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

impl PostBox {
    /// Opens a box on a free port.
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let letters = Arc::<Mutex<Vec<Letter>>>::default();
        let kept = Arc::clone(&letters);
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let door = move || {
                    App::new().app_data(web::Data::from(Arc::clone(&kept))).default_service(web::to(keep))
                };
                let server =
                    HttpServer::new(door).workers(1).disable_signals().listen(listener).unwrap().run();
                tell.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Self { url, letters, server: told.recv().unwrap() }
    }

    /// What has come so far.
    pub fn letters(&self) -> Vec<Letter> {
        self.letters.lock().unwrap().clone()
    }
}

async fn keep(request: HttpRequest, body: web::Bytes, kept: web::Data<Mutex<Vec<Letter>>>) -> HttpResponse {
    let headers = request.headers().iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    kept.lock().unwrap().push(Letter { path: request.path().to_owned(), headers, body: body.to_vec() });
    HttpResponse::NoContent().finish()
}

impl super::World {
    /// Hands a kept notification to the program, byte for byte; what it answers.
    pub async fn hand_in(&self, letter: &Letter) -> u16 {
        let mut request = self.http.post(format!("{}{}", self.base, letter.path)).body(letter.body.clone());
        for (name, value) in &letter.headers {
            if name == "content-type" || name.starts_with("wechatpay-") {
                request = request.header(name, value);
            }
        }
        request.send().await.unwrap().status().as_u16()
    }
}
