//! Codes to print (getUnlimited): drawn by the platform once, then kept, so that its quota is not spent again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use wechat::mini::{Edition, SceneCode};

use crate::app::App;
use crate::config::Mode;
use crate::kit::refusal::Fault;
use crate::people::store::picture as store;

/// Pixels of a side: enough for a door sign, and a file of some ten thousand bytes.
const WIDTH: u16 = 430;

/// The code that opens `page` with `scene`, as base 64 of its file. `None`: the platform does not answer.
pub async fn picture(app: &App, scene: &str, page: &str) -> Result<Option<String>, Fault> {
    let index = app.seal.index("scene", &format!("{page}?{scene}"));
    if let Some(sealed) = store::of_scene(app.db.read(), &index).await? {
        return app.seal.open(&sealed).map(Some);
    }
    let code = SceneCode {
        scene: scene.to_owned(),
        page: page.to_owned(),
        // Pages of the demo are published nowhere.
        checks_page: app.config.mode == Mode::Production,
        edition: Edition::Formal,
        width: WIDTH,
    };
    match app.mini.scene_code(&code).await {
        Ok(drawn) => {
            let text = BASE64.encode(drawn.bytes);
            store::keep(app.db.write(), (&index, app.seal.seal(&text)?), app.clock.now()).await?;
            Ok(Some(text))
        }
        Err(error) => {
            tracing::warn!(%error, "a code could not be drawn");
            Ok(None)
        }
    }
}
