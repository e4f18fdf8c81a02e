//! Complaints of payers: made over `POST /sim/complaints` and `/sim/complaints/{id}`, told by notification, read and answered by the merchant.

use serde_json::{Value, json};

use crate::{
    app::App,
    call::Call,
    clock::beijing,
    crypto::{derived, digits, seal_field},
    limits::check_notify_url,
    notices::Message,
    refusal::{Refusal, inner},
    reply::Answer,
    schema::{self, Field, must, text},
    world::World,
};

static ADDRESS: &[Field] = &[must("url", text(255))];
static RESPONSE: &[Field] = &[must("complainted_mchid", text(64)), must("response_content", text(600))];
static COMPLETE: &[Field] = &[must("complainted_mchid", text(64))];

/// Complaints, oldest first, and where they are told.
#[derive(Default)]
pub struct Complaints {
    url: String,
    all: Vec<Complaint>,
}

struct Complaint {
    id: String,
    out_trade_no: String,
    words: String,
    made_at: i64,
    state: &'static str,
    /// The payer wrote and nobody answered him yet.
    is_waiting: bool,
    phone: String,
    history: Vec<Value>,
}

/// Answers one call under `/v3/merchant-service/`.
pub fn answer(app: &App, call: &Call, rest: &[&str]) -> Result<Answer, Refusal> {
    let mut world = app.world();
    match (call.method.as_str(), rest) {
        ("POST" | "PUT", ["complaint-notifications"]) => {
            let request = schema::read(&call.body, ADDRESS)?;
            let url = request["url"].as_str().unwrap_or_default();
            check_notify_url(url)?;
            world.complaints.url = url.to_owned();
            Ok(Answer::json(&json!({ "mchid": world.who.mchid, "url": url })))
        }
        ("GET", ["complaint-notifications"]) => {
            Ok(Answer::json(&json!({ "mchid": world.who.mchid, "url": world.complaints.url })))
        }
        ("GET", ["complaints-v2"]) => {
            let data: Vec<Value> = world.complaints.all.iter().map(|it| it.view(app, &world)).collect();
            let count = data.len();
            Ok(Answer::json(&json!({ "data": data, "limit": 50, "offset": 0, "total_count": count })))
        }
        ("GET", ["complaints-v2", id]) => world.complaint(id).map(|it| Answer::json(&it.view(app, &world))),
        ("GET", ["complaints-v2", id, "negotiation-historys"]) => {
            let history = &world.complaint(id)?.history;
            Ok(Answer::json(
                &json!({ "data": history, "limit": 50, "offset": 0, "total_count": history.len() }),
            ))
        }
        ("POST", ["complaints-v2", id, "response"]) => {
            let request = schema::read(&call.body, RESPONSE)?;
            world.act(id, "PROCESSING", &request)
        }
        ("POST", ["complaints-v2", id, "complete"]) => {
            let request = schema::read(&call.body, COMPLETE)?;
            world.act(id, "PROCESSED", &request)
        }
        _ => Err(Refusal::missing("接口不存在")),
    }
}

impl World {
    /// A payer complains about an order. None when the order was never paid.
    pub fn complain(&mut self, out_trade_no: &str, words: &str) -> Option<String> {
        self.book.orders.get(out_trade_no)?.payment.as_ref()?;
        let now = self.now();
        let about = format!("{out_trade_no}\n{}", self.complaints.all.len());
        let id = format!("2000{}", digits(&derived(self.seed, "complaint", &about), 20));
        self.complaints.all.push(Complaint {
            id: id.clone(),
            out_trade_no: out_trade_no.to_owned(),
            words: words.to_owned(),
            made_at: now,
            state: "PENDING",
            is_waiting: true,
            phone: format!("138{}", digits(&derived(self.seed, "phone", &about), 8)),
            history: vec![entry(now, "用户", words)],
        });
        self.tell_complaint(&id, "COMPLAINT.CREATE", "CREATE_COMPLAINT");
        Some(id)
    }

    /// The payer writes again. False: there is no such complaint.
    pub fn complain_again(&mut self, id: &str, words: &str) -> bool {
        let now = self.now();
        let Some(complaint) = self.complaints.all.iter_mut().find(|it| it.id == id) else { return false };
        let action = if complaint.state == "PROCESSED" {
            complaint.state = "PENDING";
            "CONTINUE_COMPLAINT"
        } else {
            "USER_RESPONSE"
        };
        complaint.is_waiting = true;
        complaint.history.push(entry(now, "用户", words));
        self.tell_complaint(id, "COMPLAINT.STATE_CHANGE", action);
        true
    }

    fn complaint(&self, id: &str) -> Result<&Complaint, Refusal> {
        let found = self.complaints.all.iter().find(|complaint| complaint.id == id);
        found.ok_or_else(|| Refusal::missing("投诉单不存在"))
    }

    fn act(&mut self, id: &str, state: &'static str, request: &Value) -> Result<Answer, Refusal> {
        if request["complainted_mchid"] != *self.who.mchid {
            return Err(Refusal::field(
                "/complainted_mchid",
                &request["complainted_mchid"],
                "与商户号不一致",
            ));
        }
        let now = self.now();
        let found = self.complaints.all.iter_mut().find(|complaint| complaint.id == id);
        let complaint = found.ok_or_else(|| Refusal::missing("投诉单不存在"))?;
        if complaint.state == "PROCESSED" && state == "PROCESSED" {
            return Err(Refusal::invalid(inner::CLOSED, "投诉单已完成"));
        }
        (complaint.state, complaint.is_waiting) = (state, false);
        let words = request["response_content"].as_str().unwrap_or("已处理完成");
        complaint.history.push(entry(now, "商户", words));
        self.tell_complaint(id, "COMPLAINT.STATE_CHANGE", "MERCHANT_RESPONSE");
        Ok(Answer::empty())
    }

    fn tell_complaint(&mut self, id: &str, event_type: &str, action: &str) {
        if self.complaints.url.is_empty() {
            return;
        }
        let Ok(complaint) = self.complaint(id) else { return };
        let message = Message {
            id: String::new(),
            event_type: event_type.to_owned(),
            original_type: "complaint",
            summary: "产生新投诉",
            url: self.complaints.url.clone(),
            // The number makes the notification's id; each step of a complaint is one of its own.
            out_trade_no: format!("{}#{}", complaint.out_trade_no, complaint.history.len()),
            out_refund_no: None,
            plain: json!({ "complaint_id": id, "action_type": action }),
            seal_nonce: String::new(),
            made_at: self.now(),
        };
        self.announce(message);
    }
}

impl Complaint {
    fn view(&self, app: &App, world: &World) -> Value {
        let order = world.book.orders.get(&self.out_trade_no);
        json!({
            "complaint_id": self.id,
            "complaint_time": beijing(self.made_at),
            "complaint_detail": self.words,
            "complaint_state": self.state,
            "complaint_order_info": [{
                "transaction_id": order.and_then(|it| it.payment.as_ref()).map(|it| it.transaction_id.as_str()),
                "out_trade_no": self.out_trade_no,
                "amount": order.map(|it| it.total_fen),
            }],
            "complaint_full_refunded": false,
            "incoming_user_response": self.is_waiting,
            "payer_phone": app.keys.merchant_public(world.keys.merchant_serial())
                .and_then(|key| seal_field(key, &self.phone)),
            "user_complaint_times": 1,
        })
    }
}

fn entry(at: i64, who: &str, words: &str) -> Value {
    json!({ "operator": who, "operate_time": beijing(at), "operate_details": words })
}
